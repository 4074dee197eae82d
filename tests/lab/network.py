"""Cables between hosts: veth pairs, and a bridge that stands for a switch."""

from __future__ import annotations

from .hosts import Host, sh


def bridge(host: Host) -> None:
    """Make a host a switch."""
    sh(f"ip -n {host.netns} link add br0 type bridge && ip -n {host.netns} link set br0 up")


def plug(host: Host, device: str, address: str, switch: Host) -> None:
    """A cable from a host's device, with its address, to a switch."""
    port = f"{host.name}-{device}"[:15]
    sh(
        f"ip -n {host.netns} link add {device} type veth peer name {port} netns {switch.netns}"
        f" && ip -n {switch.netns} link set {port} master br0 up"
        f" && ip -n {host.netns} addr add {address} dev {device}"
        f" && ip -n {host.netns} link set {device} up"
    )


def cable(one: Host, device: str, address: str, other: Host, its: str, its_address: str) -> None:
    """A cable between two hosts."""
    sh(
        f"ip -n {one.netns} link add {device} type veth peer name {its} netns {other.netns}"
        f" && ip -n {one.netns} addr add {address} dev {device}"
        f" && ip -n {other.netns} addr add {its_address} dev {its}"
        f" && ip -n {one.netns} link set {device} up && ip -n {other.netns} link set {its} up"
    )


def route(host: Host, target: str, gateway: str) -> None:
    sh(f"ip -n {host.netns} route add {target} via {gateway}")


def forward(host: Host) -> None:
    """Make a host a router."""
    sh(f"ip netns exec {host.netns} sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'")
