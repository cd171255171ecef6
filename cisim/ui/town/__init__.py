"""The tab My town: a visitor's own tables, or five numbers, become the community that is compared."""
