"""The operator's command: `python -m infra.errandless --help`."""
