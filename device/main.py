import sys
sys.path.insert(0, "/" + open("/active").read().strip())
import shelf; shelf.mount(); import app; app.start()  # noqa: E702
