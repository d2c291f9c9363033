"""Reading and writing of products, purchases and users."""
