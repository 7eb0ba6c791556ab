"""What people remember: journal first, and Chroma as its projection."""
