"""What people tell a service in words, as wishes about items: a small grammar, and the catalogue's own vocabulary."""
