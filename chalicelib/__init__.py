"""Everything that ships in the functions. `README.md` draws the floors; import-linter holds
them."""
