"""How results are shown: tables, curves, intervals over seeds, pictures, and the machine they come from.

Independent of networks. May import errors and text only.
"""
