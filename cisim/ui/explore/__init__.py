"""The tab Explore: what a sweep found."""
