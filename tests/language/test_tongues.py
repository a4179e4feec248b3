"""Messages in other languages are recognised, English ones are not taken for them, and danger is seen in each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bot.knowledge
from bot.knowledge.strict import Fault
from bot.knowledge.tongues import load_tongues
from bot.language.tongues import Tongues

FOLDER = Path(bot.knowledge.__file__).parent
VIGNETTES = Path(__file__).parent.parent / "vignettes"
FAULTS: list[Fault] = []
CONTENT = load_tongues(FOLDER, FAULTS)
TONGUES = Tongues(CONTENT)
BY_CODE = {tongue.code: tongue for tongue in CONTENT.tongues}


def code_of(text: str) -> str | None:
    """The language found, "other" for one that is not supported, None for English."""
    found = TONGUES.detect(text)
    if found is None:
        return None
    return found.tongue.code if found.tongue else "other"


def dangers(text: str) -> set[str]:
    return {danger.tongue.code for danger in TONGUES.foreign_danger(text)}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Dzień dobry, chciałbym umówić wizytę na zastrzyk", "polish"),
        ("nie czuje nog i jestem bardzo zmeczona", "polish"),
        ("Bună ziua, am nevoie de o programare pentru injecții", "romanian"),
        ("sunt foarte obosita si am amorteli in picioare", "romanian"),
        ("Hola, tengo hormigueo en las manos desde hace tres meses", "spanish"),
        ("cuanto cuesta la inyeccion de b12", "spanish"),
        ("Bom dia, preciso marcar uma consulta para a injeção", "portuguese"),
        ("estou muito cansada e nao sinto as mãos", "portuguese"),
        ("Bonjour, je voudrais prendre rendez-vous pour mes piqûres", "french"),
        ("j'ai des fourmillements dans les mains depuis deux mois", "french"),
        ("Добрий день, мені потрібна допомога", "ukrainian"),
        ("ਮੈਨੂੰ ਬਹੁਤ ਥਕਾਵਟ ਹੈ", "punjabi"),
        ("mainu bahut thakavat rahi, haath sunn ho gaye vich", "punjabi"),
        ("مجھے بہت تھکن ہے اور ہاتھ سن ہیں", "urdu"),
        ("mujhe bahut thakan hai aur haath sunn rehte hain", "urdu"),
        ("আমার হাতে ঝিনঝিন করে", "bengali"),
        ("amar khub durbol lagche, ki korbo", "bengali"),
        ("أشعر بتعب شديد وتنميل في اليدين", "arabic"),
        ("marhaba, andi dawkha w ta3ban kteer", "arabic"),
        ("gracias", "spanish"),
        ("не могу понять, объясните мне ещё", "other"),
        ("मुझे बहुत थकान है", "other"),
        ("我很累", "other"),
    ],
)
def test_language_is_recognised(text: str, code: str) -> None:
    assert code_of(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "hi",
        "no",
        "si",
        "ok",
        "yes pls",
        "my b12 is low",
        "chest pian",
        "im rly tierd n ma feets r tinglin",
        "cant breath",
        "hydroxocobalamin",
        "metformin omeprazole folic acid",
        "levothyroxine, ramipril, lansoprazole",
        "Maria Garcia Lopez",
        "Łukasz Nowak",
        "José",
        "Ami Patel",
        "Des and Les",
        "I live in Los Angeles near Las Vegas",
        "crème brûlée made me sick",
        "b12 145 pg/ml, hb 9.8, mcv 112",
        "WBC RBC HGB HCT MCV PLT",
        "I'm vegan and drink soy milk",
        "Guillain-Barré syndrome",
        "my abuela had pernicious anaemia",
        "assalamu alaikum, when is my next injection please",
        "my husband Juan says hola",
        "nos makes my legs numb",
        "what's the dose?",
        "😀👍",
        "12/03/2021",
        "",
        "???",
        "asdf qwer zxcv",
        "café au lait",
        "α-lipoic acid and β-blockers",
    ],
)
def test_english_names_drugs_and_slips_of_the_pen_are_not_foreign(text: str) -> None:
    assert code_of(text) is None
    assert dangers(text) == set()


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ("polish", ["Pomocy, nie mogę złapać oddechu, nie moge oddychac!", "od zastrzyku puchnie mi język", "mąż zemdlał", "mam silny ból w klatce", "nie chcę już żyć"]),
        ("romanian", ["Nu pot să mai respir", "ma doare tare in piept", "mi s-a umflat limba după injecție", "a leșinat mama", "vreau să mor"]),
        ("spanish", ["No puedo casi respirar", "me duele mucho el pecho", "se me hincha la lengua", "mi padre está inconsciente", "ya no quiero vivir"]),
        ("portuguese", ["nao consigo respirar direito", "estou com uma dor forte no peito", "a minha língua está a inchar, incha a garganta", "ela desmaiou", "quero morrer"]),
        ("french", ["je n'arrive plus à respirer, je n'arrive pas à bien respirer", "j'ai une douleur dans la poitrine", "ma gorge gonfle", "il s'est évanoui", "j'ai envie de mourir"]),
        ("ukrainian", ["я не можу нормально дихати", "сильний біль у грудях", "набрякло горло", "мама знепритомніла", "я хочу померти"]),
        ("punjabi", ["ਮੈਨੂੰ ਸਾਹ ਨਹੀਂ ਆ ਰਿਹਾ", "ਮੇਰੀ ਛਾਤੀ ਵਿੱਚ ਬਹੁਤ ਦਰਦ ਹੈ", "mainu saah nahi aa riha", "chhati vich bahut dard", "ਉਹ ਬੇਹੋਸ਼ ਹੋ ਗਿਆ"]),
        ("urdu", ["مجھے سانس نہیں آ رہا", "میرے سینے میں بہت درد ہے", "mujhe saans nahi aa rahi", "seene mein bahut dard ho raha hai", "abbu behosh ho gaye"]),
        ("bengali", ["আমি শ্বাস নিতে পারছি না", "আমার বুকে খুব ব্যথা", "ami shash nite parchi na", "buke khub betha", "মা অজ্ঞান হয়ে গেছে"]),
        ("arabic", ["لا أستطيع التنفس", "عندي ألم شديد في صدري", "ورم في الوجه، تورم في الوجه واللسان", "أبي فقد الوعي", "mish 2ader atnafas"]),
    ],
)  # fmt: skip
def test_danger_is_seen_in_each_language(code: str, texts: list[str]) -> None:
    missed = [text for text in texts if code not in dangers(text)]
    assert missed == []


@pytest.mark.parametrize(
    "text",
    [
        "Dzień dobry, kiedy mam następny zastrzyk?",
        "jestem zmęczona i drętwieją mi palce",
        "Bună ziua, cât costă injecția?",
        "mă doare capul puțin",
        "¿Cuándo es mi próxima inyección?",
        "me duele un poco la cabeza",
        "Quanto custa a injeção de vitamina?",
        "Quand est ma prochaine piqûre ?",
        "je suis végétarienne et fatiguée",
        "Скільки коштує укол вітаміну?",
        "ਮੇਰਾ ਅਗਲਾ ਟੀਕਾ ਕਦੋਂ ਹੈ?",
        "mera agla injection kab hai",
        "میرا اگلا انجکشن کب ہے؟",
        "আমার পরের ইনজেকশন কবে?",
        "amar porer injection kobe",
        "متى موعد الحقنة القادمة؟",
        "emta el ebra el jaye",
    ],
)
def test_ordinary_questions_in_other_languages_hold_no_danger(text: str) -> None:
    assert dangers(text) == set()


def test_words_of_danger_are_given_with_their_place() -> None:
    text = "😀 Help: no puedo respirar!!"
    (danger,) = TONGUES.foreign_danger(text)
    assert danger.words.text == "no puedo respirar"
    assert text[danger.words.start : danger.words.end] == danger.words.text


def test_words_of_danger_far_apart_are_no_phrase() -> None:
    assert (
        dangers("no puedo ir el lunes porque tengo que cuidar a mi hija; después quiero aprender a respirar mejor")
        == set()
    )


def test_danger_is_seen_without_accents_and_in_capitals() -> None:
    assert dangers("NIE MOGE ODDYCHAC") == {"polish"}
    assert dangers("DUERE EL PECHO, ME DUELE EL PECHO") == {"spanish"}


def test_typing_in_latin_letters_is_told_apart() -> None:
    """Such messages mix with English, so whoever understands one may answer it."""
    found = TONGUES.detect("mujhe bahut kamzori hai")
    assert found is not None
    assert found.romanised
    polish = TONGUES.detect("nie mówię po angielsku")
    assert polish is not None
    assert not polish.romanised


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_reply_holds_both_numbers_and_is_of_its_own_language(code: str) -> None:
    reply = BY_CODE[code].reply(emergency_number="112", clinic_phone="0161 496 0000")
    assert "112" in reply
    assert "0161 496 0000" in reply
    assert "{" not in reply
    assert code_of(reply) == code


def test_the_ten_languages_are_all_drafts_without_faults() -> None:
    assert FAULTS == []
    assert sorted(BY_CODE) == sorted(
        ["polish", "romanian", "punjabi", "urdu", "bengali", "arabic", "spanish", "portuguese", "french", "ukrainian"]
    )


def test_no_ordinary_english_word_is_a_word_of_danger_or_a_foreign_message() -> None:
    english = (Path(bot.knowledge.__file__).parent.parent / "language" / "common_words.txt").read_text("utf-8").split()
    assert [word for word in english if TONGUES.foreign_danger(word) or TONGUES.detect(word)] == []


def test_the_labelled_messages_with_results_hold_no_foreign_danger() -> None:
    texts = [
        json.loads(line)["text"]
        for file in sorted(VIGNETTES.glob("labs_*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    assert len(texts) > 300
    assert [text for text in texts if TONGUES.foreign_danger(text)] == []


@settings(max_examples=200, deadline=None)
@given(text=st.text(st.characters(), max_size=300))
def test_any_text_is_looked_at_without_error(text: str) -> None:
    TONGUES.detect(text)
    for danger in TONGUES.foreign_danger(text):
        assert text[danger.words.start : danger.words.end] == danger.words.text


@pytest.mark.parametrize("piece", ["saans ", "nie moge ", "সা", "ъ", "'", "oddych"])
def test_a_hostile_message_of_100_000_characters_is_looked_at(piece: str) -> None:
    """A quadratic step would run into the time limit of the tests."""
    text = (piece * 100_000)[:100_000] + " no puedo respirar"
    TONGUES.detect(text)
    assert "spanish" in dangers(text)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("numer {clinic_phone}", "numer {clinic_fone}", "must hold {clinic_phone}"),
        ("script: cyrillic", "script: cyrilic", "did you mean 'cyrillic'"),
        ("  own_name: polski\n", "", "'own_name' must be a non-empty text"),
        ("[nie mog~ oddych~, ", "[nie mo~g oddych~, ", "may stand only at the beginning or end"),
    ],
)
def test_a_fault_in_the_file_says_where_and_what(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    shipped = (FOLDER / "tongues.yml").read_text(encoding="utf-8")
    assert old in shipped
    (tmp_path / "tongues.yml").write_text(shipped.replace(old, new, 1), encoding="utf-8")
    faults: list[Fault] = []
    load_tongues(tmp_path, faults)
    assert any(sentence in str(fault) for fault in faults)
