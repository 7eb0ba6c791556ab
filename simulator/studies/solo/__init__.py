"""One simulated person at a time: a life that is lived page by page, may go back, branch, and be changed on the way."""
