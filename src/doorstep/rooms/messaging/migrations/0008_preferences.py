"""Consent with its wording, sign-ups that wait, a store's choices, and who is a machine."""

import django.db.models.deletion
from django.db import migrations, models

import doorstep.kernel.ids


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0007_channels"),
        ("stores", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="deliveryevent",
            name="by_machine",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="deliveryevent",
            name="machine_reason",
            field=models.TextField(db_default="", default=""),
        ),
        migrations.AlterField(
            model_name="deliveryevent",
            name="connection",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="messaging.senderconnection",
            ),
        ),
        migrations.CreateModel(
            name="ConsentWording",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=doorstep.kernel.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("fingerprint", models.TextField()),
                ("locale", models.TextField()),
                ("version", models.PositiveIntegerField()),
                ("text", models.TextField()),
                ("since", models.DateTimeField()),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stores.store",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="consent",
            name="wording",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="messaging.consentwording",
            ),
        ),
        migrations.CreateModel(
            name="PreferenceSettings",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=doorstep.kernel.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("hidden_topics", models.JSONField(default=list)),
                ("always_confirms", models.BooleanField(default=True)),
                ("keeps_network", models.TextField(default="none")),
                ("counts_opens", models.BooleanField(default=True)),
                ("counts_clicks", models.BooleanField(default=True)),
                ("changed_at", models.DateTimeField()),
                ("changed_by", models.TextField()),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stores.store",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SignUp",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=doorstep.kernel.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("channel", models.TextField()),
                ("address", models.TextField()),
                ("address_key", models.TextField()),
                ("name", models.TextField(default="")),
                ("locale", models.TextField()),
                ("topics", models.JSONField(default=list)),
                ("source", models.TextField()),
                ("url", models.TextField(default="")),
                ("network", models.TextField(default="")),
                ("asked_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("mails", models.PositiveSmallIntegerField(default=1)),
                ("confirmed_at", models.DateTimeField(null=True)),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stores.store",
                    ),
                ),
                (
                    "wording",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="messaging.consentwording",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="consentwording",
            constraint=models.UniqueConstraint(
                fields=("store", "fingerprint"), name="consent_wording_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="consentwording",
            constraint=models.UniqueConstraint(
                fields=("store", "locale", "version"), name="consent_wording_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="consentwording",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="consent_wording_has_text"
            ),
        ),
        migrations.AddConstraint(
            model_name="preferencesettings",
            constraint=models.UniqueConstraint(fields=("store",), name="preference_settings_once"),
        ),
        migrations.AddConstraint(
            model_name="preferencesettings",
            constraint=models.CheckConstraint(
                condition=models.Q(("keeps_network__in", ["none", "short", "hash"])),
                name="preference_settings_network",
            ),
        ),
        migrations.AddConstraint(
            model_name="preferencesettings",
            constraint=models.CheckConstraint(
                condition=models.Q(("changed_by", ""), _negated=True),
                name="preference_settings_changed_by",
            ),
        ),
        migrations.AddIndex(
            model_name="signup",
            index=models.Index(fields=["asked_at"], name="sign_up_oldest"),
        ),
        migrations.AddConstraint(
            model_name="signup",
            constraint=models.UniqueConstraint(
                condition=models.Q(("confirmed_at__isnull", True)),
                fields=("store", "channel", "address_key"),
                name="sign_up_waits_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="signup",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("channel__in", ["email", "sms", "whatsapp", "messenger", "push"])
                ),
                name="sign_up_channel",
            ),
        ),
        migrations.AddConstraint(
            model_name="signup",
            constraint=models.CheckConstraint(
                condition=models.Q(("expires_at__gt", models.F("asked_at"))), name="sign_up_expires"
            ),
        ),
        migrations.AddConstraint(
            model_name="signup",
            constraint=models.CheckConstraint(
                condition=models.Q(("source", ""), _negated=True), name="sign_up_has_source"
            ),
        ),
    ]
