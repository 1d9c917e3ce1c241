"""The operator's command, the stack's template, provinces as data, the local AWS and the channel simulator."""
