"""The words of the topics, in the languages of the shoppers' pages: label and explanation.

German says ``du``, French ``vous``, Spanish ``tú``, as everywhere else.
"""

from __future__ import annotations

TOPIC_WORDS: dict[str, dict[str, tuple[str, str]]] = {
    "en": {
        "newsletter": ("Newsletter", "News from the shop: what is new, and what we are up to."),
        "tips": ("Tips", "How to use and look after what you bought."),
        "offers": ("Offers", "Sales, discounts and things you may like."),
        "reviews": ("Reviews", "A question, after your order, what you think of it."),
        "reminders": ("Reminders", "A word when something you use may be running out."),
        "birthday": ("Birthday and holidays", "A greeting on the days you told us about."),
        "loyalty": ("Loyalty", "Your points, rewards and what they are worth."),
        "surveys": ("Surveys", "Now and then a short question how we are doing."),
    },
    "de": {
        "newsletter": ("Newsletter", "Neues aus dem Laden: was es gibt und was wir vorhaben."),
        "tips": ("Tipps", "Wie du benutzt und pflegst, was du gekauft hast."),
        "offers": ("Angebote", "Aktionen, Rabatte und Dinge, die dir gefallen könnten."),
        "reviews": ("Bewertungen", "Eine Frage nach deiner Bestellung, wie sie dir gefällt."),
        "reminders": ("Erinnerungen", "Ein Wink, wenn dir etwas bald ausgehen könnte."),
        "birthday": ("Geburtstag und Feiertage", "Ein Gruß an den Tagen, die du uns genannt hast."),
        "loyalty": ("Treueprogramm", "Deine Punkte und Prämien und was sie wert sind."),
        "surveys": ("Umfragen", "Ab und zu eine kurze Frage, wie wir uns machen."),
    },
    "fr": {
        "newsletter": ("Lettre d’information", "Les nouvelles de la boutique et ses nouveautés."),
        "tips": ("Conseils", "Comment utiliser et entretenir ce que vous avez acheté."),
        "offers": ("Offres", "Promotions, remises et articles qui pourraient vous plaire."),
        "reviews": ("Avis", "Une question, après votre commande, sur ce que vous en pensez."),
        "reminders": ("Rappels", "Un mot quand un produit arrive peut-être à sa fin."),
        "birthday": ("Anniversaire et fêtes", "Un message aux dates que vous nous avez indiquées."),
        "loyalty": ("Fidélité", "Vos points, vos récompenses et ce qu’ils valent."),
        "surveys": ("Enquêtes", "De temps en temps, une courte question sur notre travail."),
    },
    "es": {
        "newsletter": ("Boletín", "Noticias de la tienda: lo nuevo y lo que preparamos."),
        "tips": ("Consejos", "Cómo usar y cuidar lo que compraste."),
        "offers": ("Ofertas", "Rebajas, descuentos y cosas que pueden gustarte."),
        "reviews": ("Opiniones", "Una pregunta, tras tu pedido, sobre qué te pareció."),
        "reminders": ("Recordatorios", "Un aviso cuando algo que usas pueda estar acabándose."),
        "birthday": ("Cumpleaños y fiestas", "Un saludo en los días que nos dijiste."),
        "loyalty": ("Fidelidad", "Tus puntos, tus premios y lo que valen."),
        "surveys": ("Encuestas", "De vez en cuando, una pregunta breve sobre cómo lo hacemos."),
    },
    "ar": {
        "newsletter": ("النشرة الإخبارية", "أخبار المتجر: الجديد لدينا وما نُعدّ له."),
        "tips": ("نصائح", "كيف تستخدم ما اشتريته وتعتني به."),
        "offers": ("العروض", "تخفيضات وخصومات وأشياء قد تعجبك."),
        "reviews": ("التقييمات", "سؤال بعد طلبك عن رأيك فيه."),
        "reminders": ("التذكيرات", "تنبيه عندما يوشك ما تستخدمه على النفاد."),
        "birthday": ("عيد الميلاد والأعياد", "تهنئة في الأيام التي أخبرتنا بها."),
        "loyalty": ("برنامج الولاء", "نقاطك ومكافآتك وما تساويه."),
        "surveys": ("الاستبيانات", "سؤال قصير من حين لآخر عن مستوى خدمتنا."),
    },
}
