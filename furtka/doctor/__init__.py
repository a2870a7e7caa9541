"""`furtka doctor`: whether an account, a region and a stack of AWS can do what Furtka asks of them."""
