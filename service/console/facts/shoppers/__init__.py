"""Facts about shoppers, guests and the shoppers of a product."""
