"""Where numbers of the North American plan and states belong: area codes, names, time zones.

Source of the area codes: metadata of Google's libphonenumber 9.0.42 (Apache 2.0), which follows
the North American Numbering Plan Administrator; overlays that open later are known by the address
until they are added here. Zones: IANA. A state that lies in two zones has both.
"""

from __future__ import annotations

# Code of ISO 3166-2: (name, zones, area codes)
STATES: dict[str, tuple[str, tuple[str, ...], str]] = {
    "CA-AB": ("alberta", ("America/Edmonton",), "368 403 587 780 825"),
    "CA-BC": (
        "british columbia",
        ("America/Vancouver", "America/Edmonton"),
        "236 250 257 604 672 778",
    ),
    "CA-MB": ("manitoba", ("America/Winnipeg",), "204 431 584"),
    "CA-NB": ("new brunswick", ("America/Moncton",), "428 506"),
    "CA-NL": ("newfoundland and labrador", ("America/St_Johns", "America/Halifax"), "709 879"),
    "CA-NS": ("nova scotia", ("America/Halifax",), "782 902"),
    "CA-NT": ("northwest territories", ("America/Iqaluit", "America/Whitehorse"), "867"),
    "CA-ON": (
        "ontario",
        ("America/Toronto", "America/Winnipeg"),
        "226 249 289 343 365 382 416 437 519 548 613 647 683 705 742 753 807 942",
    ),
    "CA-QC": (
        "quebec",
        ("America/Toronto",),
        "263 273 354 367 418 438 450 468 514 579 581 819 873",
    ),
    "CA-SK": ("saskatchewan", ("America/Regina",), "306 474 639"),
    "US-AK": ("alaska", ("America/Anchorage",), "907"),
    "US-AL": ("alabama", ("America/Chicago",), "205 251 256 334 659 938"),
    "US-AR": ("arkansas", ("America/Chicago",), "327 479 501 870"),
    "US-AZ": ("arizona", ("America/Phoenix", "America/Denver"), "480 520 602 623 928"),
    "US-CA": (
        "california",
        ("America/Los_Angeles",),
        "209 213 279 323 341 350 369 408 415 424 442 510 530 559 562 619 626 628 650 657 661 669 707 714 738 747 760 805 818 820 831 840 858 909 916 925 949 951",
    ),
    "US-CO": ("colorado", ("America/Denver",), "303 719 720 748 970 983"),
    "US-CT": ("connecticut", ("America/New_York",), "475 860 959"),
    "US-DC": ("district of columbia", ("America/New_York",), "202 771"),
    "US-DE": ("delaware", ("America/New_York",), "302"),
    "US-FL": (
        "florida",
        ("America/New_York", "America/Chicago"),
        "239 305 321 324 352 386 407 448 561 645 656 689 727 728 754 772 786 813 850 863 904 941 954",
    ),
    "US-GA": ("georgia", ("America/New_York",), "229 404 470 478 678 706 762 770 912 943"),
    "US-HI": ("hawaii", ("Pacific/Honolulu",), "808"),
    "US-IA": ("iowa", ("America/Chicago",), "319 515 563 641 712"),
    "US-ID": ("idaho", ("America/Denver", "America/Los_Angeles"), "208 986"),
    "US-IL": (
        "illinois",
        ("America/Chicago",),
        "217 224 309 312 331 447 464 618 630 708 730 773 779 815 847 872",
    ),
    "US-IN": (
        "indiana",
        ("America/New_York", "America/Chicago"),
        "219 260 317 463 574 765 812 930",
    ),
    "US-KS": ("kansas", ("America/Chicago", "America/Denver"), "316 620 785 913"),
    "US-KY": ("kentucky", ("America/New_York", "America/Chicago"), "270 364 502 606 859"),
    "US-LA": ("louisiana", ("America/Chicago",), "225 318 337 504 985"),
    "US-MA": ("massachusetts", ("America/New_York",), "339 351 413 508 617 774 781 857 978"),
    "US-MD": ("maryland", ("America/New_York",), "227 240 301 410 443 667"),
    "US-ME": ("maine", ("America/New_York",), "207"),
    "US-MI": (
        "michigan",
        ("America/New_York", "America/Chicago"),
        "231 248 269 313 517 586 616 734 810 906 947 989",
    ),
    "US-MN": ("minnesota", ("America/Chicago",), "218 320 507 612 651 763 952"),
    "US-MO": ("missouri", ("America/Chicago",), "235 314 417 557 573 636 660 816 975"),
    "US-MS": ("mississippi", ("America/Chicago",), "228 601 662 769"),
    "US-MT": ("montana", ("America/Denver",), "406"),
    "US-NC": ("north carolina", ("America/New_York",), "252 336 472 704 743 828 910 919 980 984"),
    "US-ND": ("north dakota", ("America/Chicago", "America/Denver"), "701"),
    "US-NE": ("nebraska", ("America/Chicago", "America/Denver"), "308 402 531"),
    "US-NH": ("new hampshire", ("America/New_York",), "603"),
    "US-NJ": ("new jersey", ("America/New_York",), "201 551 609 640 732 848 856 862 908 973"),
    "US-NM": ("new mexico", ("America/Denver",), "505 575"),
    "US-NV": ("nevada", ("America/Los_Angeles",), "702 725 775"),
    "US-NY": (
        "new york",
        ("America/New_York",),
        "212 315 329 332 347 363 516 518 585 607 631 646 680 716 838 845 914 917 929 934",
    ),
    "US-OH": (
        "ohio",
        ("America/New_York",),
        "216 220 234 283 326 330 380 419 440 513 567 614 740 937",
    ),
    "US-OK": ("oklahoma", ("America/Chicago",), "405 539 572 580 918"),
    "US-OR": ("oregon", ("America/Denver", "America/Los_Angeles"), "458 503 541 971"),
    "US-PA": (
        "pennsylvania",
        ("America/New_York",),
        "215 223 267 272 412 445 484 570 582 610 717 724 814 835 878",
    ),
    "US-RI": ("rhode island", ("America/New_York",), "401"),
    "US-SC": ("south carolina", ("America/New_York",), "803 821 839 843 854 864"),
    "US-SD": ("south dakota", ("America/Chicago", "America/Denver"), "605"),
    "US-TN": ("tennessee", ("America/New_York", "America/Chicago"), "423 615 629 731 865 901 931"),
    "US-TX": (
        "texas",
        ("America/Chicago", "America/Denver"),
        "210 214 254 281 325 346 361 409 430 432 469 512 682 726 737 806 817 830 832 903 915 936 940 945 956 972 979",
    ),
    "US-UT": ("utah", ("America/Denver",), "385 435 801"),
    "US-VA": ("virginia", ("America/New_York",), "276 434 540 571 686 703 757 804 826 948"),
    "US-VT": ("vermont", ("America/New_York",), "802"),
    "US-WA": ("washington", ("America/Los_Angeles",), "206 253 360 425 509 564"),
    "US-WI": ("wisconsin", ("America/Chicago",), "262 274 353 414 534 608 715 920"),
    "US-WV": ("west virginia", ("America/New_York",), "304 681"),
    "US-WY": ("wyoming", ("America/Denver",), "307"),
}

STATE_OF_AREA: dict[str, str] = {
    area: state for state, (_name, _zones, areas) in STATES.items() for area in areas.split()
}
ZONES_OF_STATE: dict[str, tuple[str, ...]] = {state: row[1] for state, row in STATES.items()}
STATE_OF_NAME: dict[tuple[str, str], str] = {
    (state[:2], row[0]): state for state, row in STATES.items()
}
