"""What `make demo` is made of: two pages, a study of them, and a receiver that watches."""
