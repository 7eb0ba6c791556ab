"""Minds appraise what people noticed: how much is wanted, what rating it would get, what is felt.

    port          what a mind is                        stack       the taste stack and its ensemble
    statistical   the mind that the stack drives         loading     a mind of the user's own
    loop          waiting for minds from anywhere

Families of taste models, one a file: linear, factor, neighbour, content, popularity.
"""
