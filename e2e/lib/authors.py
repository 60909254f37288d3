"""Plugins as their authors build them: outside of this tree, with nothing but what is published.

As a command: authors.py POINT FOLDER OUT.jar [VERSION [tests]] builds the example of a point in FOLDER, which is made.
"""
import glob, os, shutil, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
HOME = os.environ.get("PROA_HOME") or os.path.join(HERE, "..", "..", "framework", "distribution", "target", "proa")
EXAMPLES = {"log": ("plugin-template", "lines"), "volume": ("plugin-examples/shelf-volume", "shelf"), "storage": ("plugin-examples/tmpfs-storage", "tmpfs")}  # point: (folder in docs, name of its driver)


def java_home():
    """The JDK that runs Proa."""
    return subprocess.run(["sh", "-c", f'. "{HOME}/lib/find-java.sh"; find_java; echo $java_home'], capture_output=True, text=True, check=True).stdout.strip()


def build(point, folder, version="1.0.0", tests=False):
    """The jar of an example, built in a folder that is made, with its own tests, if asked for."""
    example, _ = EXAMPLES[point]
    repository = os.path.join(os.path.dirname(folder), "published")
    if not os.path.isdir(repository):
        subprocess.run([os.path.join(HERE, "published-spi"), repository], check=True)
    shutil.copytree(os.path.join(HERE, "..", "..", "docs", example), folder, ignore=shutil.ignore_patterns("target"))
    maven = ["mvn", "-o", "-B", "-ntp", "-q", f"-Dmaven.repo.local={repository}", f"-Drevision={version}", *([] if tests else ["-Dmaven.test.skip=true"]), "package"]
    r = subprocess.run(maven, cwd=folder, env={**os.environ, "JAVA_HOME": java_home()}, capture_output=True, text=True)
    if r.returncode != 0:
        raise RuntimeError(f"{example} does not build: {r.stdout}{r.stderr}")
    return glob.glob(os.path.join(folder, "target", "*.jar"))[0]


if __name__ == "__main__":
    shutil.copy(build(sys.argv[1], sys.argv[2], *sys.argv[4:5], tests=sys.argv[5:6] == ["tests"]), sys.argv[3])
