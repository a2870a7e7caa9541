# Prints a Python of the runtime's version, whose byte code Lambda can use: `find_python.sh FOLDER`, FOLDER being in
# the clone. The clone's own .venv comes first. SAM builds in a temporary folder, where pyenv would choose another one.
cd "$1" || exit 1
for python in ../.venv/bin/python ../../.venv/bin/python python3.13 python3; do
	"$python" -c 'import pip, sys; assert sys.version_info[:2] == (3, 13); print(sys.executable)' 2> /dev/null && exit
done
exit 1
