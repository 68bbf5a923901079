"""The main job on scikit-learn's breast-cancer table, from the answers on the tape.

    python examples/breast_cancer/run.py [--out FOLDER]

Writes the table as a CSV, as any table of yours would lie there, and runs `tutelage fit` on it.
No key and no network are needed.
"""

import argparse
import shlex
import subprocess
import sys
from pathlib import Path

from sklearn.datasets import load_breast_cancer

HERE = Path(__file__).parent


def write_table(path: Path) -> Path:
    data = load_breast_cancer(as_frame=True)
    table = data.data.assign(diagnosis=data.target_names[data.target])
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False)
    return path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("tutelage-demo"))
    given, more = parser.parse_known_args()
    table = write_table(given.out / "breast_cancer.csv")
    arguments = ["fit", table, "--target", "diagnosis", "--card", HERE / "card.toml"]
    arguments += ["--teacher", f"tape:{HERE / 'answers.jsonl'}", "--out", given.out / "result"]
    words = [str(word) for word in [*arguments, *more]]
    print(f"$ tutelage {shlex.join(words)}", flush=True)
    return subprocess.run([Path(sys.executable).with_name("tutelage"), *words]).returncode


if __name__ == "__main__":
    sys.exit(main())
