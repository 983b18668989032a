"""The certificate authority of the simulated world."""

import os
import ssl


def make_certificates(folder, names):
    """Make ca.pem, ca.der, ca-key.pem and server.pem (key and chain for `names`) in `folder`, unless they are there.

    The authority is kept when only the names changed: who trusted it goes on trusting it.
    """
    import trustme

    os.makedirs(folder, exist_ok=True)
    path = {name: os.path.join(folder, name) for name in ("ca.pem", "ca-key.pem", "ca.der", "server.pem", "names")}
    if os.path.exists(path["names"]) and open(path["names"], encoding="utf-8").read() == " ".join(names):
        return
    if os.path.exists(path["ca.pem"]) and os.path.exists(path["ca-key.pem"]):
        authority = trustme.CA.from_pem(open(path["ca.pem"], "rb").read(), open(path["ca-key.pem"], "rb").read())
    else:
        authority = trustme.CA(organization_name="Dewlog simulated authority")
        authority.private_key_pem.write_to_path(path["ca-key.pem"])
        authority.cert_pem.write_to_path(path["ca.pem"])
    with open(path["ca.der"], "wb") as file:
        file.write(ssl.PEM_cert_to_DER_cert(authority.cert_pem.bytes().decode()))
    authority.issue_cert(*names).private_key_and_cert_chain_pem.write_to_path(path["server.pem"])
    with open(path["names"], "w", encoding="utf-8") as file:
        file.write(" ".join(names))
