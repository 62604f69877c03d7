"""Trains the readmission model from the feature table."""
import pandas as pd
from sklearn.linear_model import LogisticRegression

SEED = 20261001
FEATURES = ["prior_visits", "risk_score"]

table = pd.read_csv("readmission_features.csv")
table = table.dropna(subset=FEATURES)
model = LogisticRegression(max_iter=1000, random_state=SEED)
model.fit(table[FEATURES], table["readmitted_30d"])
print(round(model.score(table[FEATURES], table["readmitted_30d"]), 4))
