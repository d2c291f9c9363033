"""The requests of each row, and the client that sends them."""
