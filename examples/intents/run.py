"""The whole text job on questions to a library's help desk, from the answers on the tape.

    python examples/intents/run.py [--out FOLDER] [more options of `tutelage fit`]

Trains on train.csv, judges on test.csv. No key and no network are needed: the teacher's answers are
on the tape, and the encoder comes with the extra `minilm`.
"""

import argparse
import shlex
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
TASK = "Tell what a message to the help desk of a public library asks for."
STEPS = 60  # more take longer and are no better on 72 texts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("tutelage-demo-text"))
    given, more = parser.parse_known_args()
    arguments = ["fit", HERE / "train.csv", "--target", "intent", "--text", "text"]
    arguments += ["--task", TASK, "--test", HERE / "test.csv"]
    arguments += ["--teacher", f"tape:{HERE / 'tape.jsonl'}", "--out", given.out]
    if "--steps" not in more:
        arguments += ["--steps", STEPS]
    words = [str(word) for word in [*arguments, *more]]
    print(f"$ tutelage {shlex.join(words)}", flush=True)
    return subprocess.run([Path(sys.executable).with_name("tutelage"), *words]).returncode


if __name__ == "__main__":
    sys.exit(main())
