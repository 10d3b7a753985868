"""Scripts that consist of named actions.

    python3 -SuB SCRIPT                      lists the actions, a line each
    python3 -SuB SCRIPT ACTION ARGUMENT...   runs one

The options make a start cheap and leave no trace: -S skips the modules of the machine's
site, which take half of the start; -u prints a line at once; -B writes no __pycache__.
"""
import sys

actions = {}


def action(function):
    """Make this function an action. The list shows the first line of its docstring."""
    actions[function.__name__.replace("_", "-")] = function
    return function


def usage(name):
    """Return the action's name and arguments, as they are typed."""
    code = actions[name].__code__
    words = [word.upper() for word in code.co_varnames[:code.co_argcount]]
    if takes_more(code):
        words.append(code.co_varnames[code.co_argcount].upper() + "...")
    return " ".join([name] + words)


def takes_more(code):
    """Does a function with this code take any number of arguments?"""
    return bool(code.co_flags & 4)


def run():
    """Run the action that the command line names."""
    if len(sys.argv) < 2:
        for name, function in actions.items():
            print("%s\n    %s" % (usage(name), function.__doc__.split("\n")[0]))
        sys.exit()
    name, arguments = sys.argv[1], sys.argv[2:]
    if name not in actions:
        sys.exit("%s: no such action: %s" % (sys.argv[0], name))
    code = actions[name].__code__
    missing = len(arguments) < code.co_argcount
    too_many = len(arguments) > code.co_argcount and not takes_more(code)
    if missing or too_many:
        sys.exit("usage: %s %s" % (sys.argv[0], usage(name)))
    actions[name](*arguments)
