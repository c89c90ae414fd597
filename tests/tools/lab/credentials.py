"""Keys and certificates: hosts trust each other over ssh, and one certificate authority over TLS.

They are generated for each laboratory and deleted with it.
"""

from .hosts import Host
from .laboratory import Laboratory

LIBVIRT_PKI = "/etc/pki"
QEMU_PKI = "/etc/pki/libvirt-migrate"

_SSHD = """\
HostKey /etc/ssh/lab_host_key
PermitRootLogin prohibit-password
PidFile none
UsePAM no
"""


def make_credentials(lab: Laboratory) -> None:
    """Create each host's ssh keys and libvirt certificates on the client, and distribute them."""
    _make_ssh_keys(lab)
    _make_authority(lab.client)
    for host in lab.hosts.values():
        _make_certificates(lab.client, host)
        host.write(f"{LIBVIRT_PKI}/CA/cacert.pem", _read(lab.client, "/root/ca/cert.pem"))
        for kind in ("client", "server"):
            cert = _read(lab.client, f"/root/ca/{host.role}-{kind}-cert.pem")
            key = _read(lab.client, f"/root/ca/{host.role}-{kind}-key.pem")
            host.write(f"{LIBVIRT_PKI}/libvirt/{kind}cert.pem", cert)
            host.write(f"{LIBVIRT_PKI}/libvirt/private/{kind}key.pem", key, 0o600)


def place_qemu_certificates(lab: Laboratory, host: Host, folder: str = QEMU_PKI) -> None:
    """Put the five files that `--tls` needs where QEMU looks for them."""
    host.write(f"{folder}/ca-cert.pem", _read(lab.client, "/root/ca/cert.pem"))
    for kind in ("client", "server"):
        for part in ("cert", "key"):
            data = _read(lab.client, f"/root/ca/{host.role}-{kind}-{part}.pem")
            host.write(f"{folder}/{kind}-{part}.pem", data, 0o600)


def start_sshd(host: Host) -> None:
    """Start sshd on a host, so that the others can log in."""
    host.write("/etc/ssh/lab_sshd_config", _SSHD)
    host.path("/run/sshd").mkdir(exist_ok=True)
    host.check("/usr/sbin/sshd", "-f", "/etc/ssh/lab_sshd_config")


def _make_ssh_keys(lab: Laboratory) -> None:
    client = lab.client
    for name in ("user", "host"):
        client.check(*f"ssh-keygen -q -t ed25519 -C lab -f /root/{name}_key".split(), "-N", "")
    user, host_key = _read(client, "/root/user_key"), _read(client, "/root/host_key")
    user_pub = _read(client, "/root/user_key.pub")
    known = b"* " + _read(client, "/root/host_key.pub")
    for host in lab.hosts.values():
        host.write("/root/.ssh/id_ed25519", user, 0o600)
        host.write("/root/.ssh/authorized_keys", user_pub, 0o600)
        host.write("/root/.ssh/known_hosts", known)
        host.write("/etc/ssh/lab_host_key", host_key, 0o600)


def _make_authority(client: Host) -> None:
    client.path("/root/ca").mkdir()
    _openssl(
        client, "lab", "/root/ca/key.pem", "/root/ca/cert.pem", "-addext", "keyUsage=keyCertSign"
    )


def _make_certificates(client: Host, host: Host) -> None:
    addresses = [a.address.partition("/")[0] for a in Laboratory.addresses[host.role]]
    names = ",".join([f"DNS:{host.name}", *(f"IP:{a}" for a in addresses if a.startswith("192."))])
    for kind in ("client", "server"):
        _openssl(
            client,
            host.name,
            f"/root/ca/{host.role}-{kind}-key.pem",
            f"/root/ca/{host.role}-{kind}-cert.pem",
            *("-CA", "/root/ca/cert.pem", "-CAkey", "/root/ca/key.pem"),
            *("-addext", "basicConstraints=critical,CA:FALSE"),
            *("-addext", "keyUsage=digitalSignature,keyEncipherment"),
            *("-addext", f"extendedKeyUsage={kind}Auth"),
            *("-addext", f"subjectAltName={names}"),
        )


def _openssl(client: Host, name: str, key: str, cert: str, *more: str) -> None:
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    files = ("-keyout", key, "-out", cert, "-subj", f"/CN={name}", "-days", "2")
    client.check("openssl", "req", "-x509", *curve, *files, *more)


def _read(host: Host, path: str) -> bytes:
    return host.path(path).read_bytes()
