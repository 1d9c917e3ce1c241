"""Speed and cost, each beside a peer or a limit, measured in one run."""
