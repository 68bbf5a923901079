"""Three classes in Python: scikit-learn's wine table, 2 labels per cultivar and a teacher.

    python examples/wine/run.py

The answers come from a tape, so no key and no network are needed.
"""

import tempfile
from pathlib import Path

from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

import tutelage as tl

HERE = Path(__file__).parent
CULTIVARS = ["Barolo", "Grignolino", "Barbera"]  # classes 0, 1, 2 of the table

data = load_wine(as_frame=True)
X = data.data.rename(columns=lambda name: name.replace("_", "-"))
y = data.target.map(dict(enumerate(CULTIVARS)))
X_few, X_test, y_few, y_test = train_test_split(X, y, train_size=6, stratify=y, random_state=0)

teacher = tl.Teacher(f"tape:{HERE / 'answers.jsonl'}")
prior = teacher.feature_prior(tl.TaskCard.load(HERE / "card.toml"), repeats=5)
taught = tl.TaughtClassifier(prior).fit(X_few, y_few)
plain = tl.TaughtClassifier(None).fit(X_few, y_few)

for name, model in (("with the teacher", taught), ("labels alone", plain)):
    print(f"{name}, 6 labels:\n{tl.evaluate(model, X_test, y_test).table()}\n")
print(taught.trust_)

why = taught.explain(X_test.iloc[[0]])
print(f"\nWhy {why.target}, with probability {why.probability:.2f}:")
for column, value, contribution in why.top(5):
    print(f"  {contribution:+.2f}  {column} = {value}")

with tempfile.TemporaryDirectory() as folder:
    again = tl.load(taught.save(Path(folder) / "model"))
    assert (again.predict(X_test) == taught.predict(X_test)).all()
