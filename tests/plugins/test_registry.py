from __future__ import annotations

from pathlib import Path

import pytest
from plugins.stage import Stage, archive, folder, stage

from jackfield.errors import ApprovalNeeded


def test_life(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with stage(data) as s:
        reg = s.registry
        reg.start()
        st = reg.install(archive(tmp_path, permissions=["chat.send", "kv"]))
        assert st.state == "disabled" and st.reason.startswith("needs approval"), st
        with pytest.raises(ApprovalNeeded) as e:
            reg.enable("lamp")
        print(e.value.to_dict())
        st = reg.enable("lamp", "all")
        assert st.state == "running", st
        print(st.to_dict())
        st = reg.update("lamp", folder(tmp_path, version="2.0", permissions=["chat.send", "users.read"]))
        print(st.reason)
        assert st.state == "running" and st.version == "1.0.0"
        st = reg.enable("lamp", ["users.read"])
        assert (st.version, st.granted, st.refused) == ("2.0", ("users.read",), ("chat.send",))
        st = reg.rollback("lamp")
        print(st)
        st = reg.update("lamp", folder(tmp_path, version="3.0", start="fails"))
        print(st)
    with stage(data) as s:
        print(s.registry.list())
        s.registry.start()
        assert s.registry.get("lamp").state == "running"
        s.registry.uninstall("lamp")
        assert list(s.data.plugins.iterdir()) == []
