"""Geometry and numbers in arrays, without a planning word; import the module you need."""
