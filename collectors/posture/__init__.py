"""What DNS records say about how well a name is looked after: parsing and grading, no asking."""
