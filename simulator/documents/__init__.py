"""Files that people write: YAML read safely with the line of every field, checked against a model, faults put in words.

`yaml_tree` turns a text into plain values, `forms` is what sections have in common, `fields` knows the places of a
model, and `messages` says what is wrong with which field, and the cure.
"""
