"""The web app: one site for both modes and both doors."""
