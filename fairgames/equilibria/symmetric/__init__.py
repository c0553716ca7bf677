"""Symmetric equilibria of equal users."""
