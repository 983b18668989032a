"""Runs the test functions of modules on MicroPython: `micropython portable_driver.py WORD module...`; tools/portable_tests.py calls it."""

import gc
import sys


def run(module_name, word):
    """Run the tests of one module whose full name contains `word`; return (passed, failed)."""
    try:
        module = __import__(module_name)
    except Exception as error:
        print("FAILED %s: the module cannot be imported" % module_name)
        sys.print_exception(error)
        return 0, 1
    passed = failed = 0
    for name in sorted(dir(module)):
        test = getattr(module, name)
        full_name = "%s.%s" % (module_name, name)
        if not name.startswith("test_") or not callable(test) or word not in full_name:
            continue
        try:
            test()
            passed += 1
        except Exception as error:
            failed += 1
            print("FAILED %s" % full_name)
            sys.print_exception(error)
        gc.collect()
    return passed, failed


def main(word, *module_names):
    passed = failed = 0
    for module_name in module_names:
        more_passed, more_failed = run(module_name, word)
        passed += more_passed
        failed += more_failed
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
