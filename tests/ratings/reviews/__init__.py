"""Rating by hand: the pages of raters and what is behind them."""
