"""Everything that ships in the functions. `README.md` draws the floors; import-linter holds
them."""

import gc

# What is loaded stays: looking through it for garbage again and again while more is loaded takes an
# eighth of a cold start.
gc.set_threshold(50_000)
