"""The viewer: runs as pages of a local web server, made on the server, read with any browser.

A view is a function from an address and a run to values (`views/`); templates make HTML of them, and the same values
make its CSV. All state is in the address, so that every view is a link. Nothing is ever written, nothing but the runs
that were named is ever read, and nothing is fetched from anywhere.
"""
