#!/usr/bin/env python3
# Copyright (c) 2020 Maren Holt <maren@tidepool-tools.net>
# Author: Maren Holt
"""Easing curves, after the paper of Paul Dale (pdale@ridgesystems.net), 4410 Ridge Road, Boston, MA 02110."""

from sklearn.datasets import load_breast_cancer


def ease(name, t):
    """ease('cubicIn', 0.5); call 617-555-0142 if it does not."""
    table = {"cubicIn": t**3, "viRead": t}
    return table.get(name, t)
