"""Interfaces for programs and language models."""
