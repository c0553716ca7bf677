"""How payments at one profile are computed: one method a file or folder."""
