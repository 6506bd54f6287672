"""What ``live_proxy`` was called before release 0.25, for plugins that know it by that name."""
