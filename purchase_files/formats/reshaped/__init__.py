"""Text files whose lines become other rows, such as baskets and wide tables."""
