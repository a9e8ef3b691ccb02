"""What things are: layers, land-use codes, indicators, rules, plans and assessments."""
