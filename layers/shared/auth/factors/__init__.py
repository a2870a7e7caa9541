"""Second factors: a module for each kind. `auth.second_factor` has the table of them."""
