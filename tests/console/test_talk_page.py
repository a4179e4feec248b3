from __future__ import annotations


def test_smoke(signed_in, clinic):
    clinic.emergency()
    v = signed_in("clinician")
    r = v.get("/")
    assert r.status_code == 200, r.text
    r = v.get("/talk/talk-emergency")
    assert r.status_code == 200, r.text
    print(r.text)
    for p in ("/search", "/figures", "/account", "/rules/throat-closing"):
        r = v.get(p)
        assert r.status_code == 200, (p, r.text)
    a = signed_in("admin")
    for p in ("/people", "/audit"):
        r = a.get(p)
        assert r.status_code == 200, (p, r.text)
