"""The operator's command, the template, provinces as data, the local AWS, the channel simulator."""
