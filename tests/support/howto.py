"""Invented how-to notes, and questions that ask how, with the whole commands and steps."""

from __future__ import annotations

NOTES = {
    "Backup.md": """\
# Backups of the workshop

The backups run every night on the machine called Dunlin. They go to a second disk.

## Make a backup by hand

Before you change anything, make a backup yourself:

```sh
snapvault create --label manual /home
```

To see what is stored, list the snapshots:

```sh
snapvault list --newest 10
```

## Restore one file

Fetch a file from the latest snapshot:

```sh
snapvault restore --latest --into /tmp/back \\
    /home/ann/plans.odt
```

The copy keeps its old date. Snapshots older than 90 days are thinned out.

## Check the disk

```sh
# Is the disk healthy?
disktool health /dev/sdb
# How full is it?
disktool usage --human /dev/sdb
# Spin it down before unplugging
disktool sleep /dev/sdb
```
""",
    "Router.md": """\
# The router in the hall

It was bought in 2029 and has the address 10.0.0.1.

## Reset the router

1. Unplug the cable.
2. Hold the small button for ten seconds.
3. Plug the cable in again while you hold it.
4. Wait until the lamp is green.

All settings are lost. Keep the slip with the password.

## Change the password

Open http://10.0.0.1 in a browser and log in as admin. Choose *Wireless*, then type the new password
twice and press Save.

## Let guests in

Press the button with the star for one second. The guest network is then open for two hours.
""",
    "Photos.md": """\
# Photos

The photos are sorted by `fotosort`, which Ole wrote. Run `fotosort --move ~/inbox` to sort the new
ones. Duplicates are found with `fotosort dupes --delete`, which asks first.

- To rotate a picture, use `fotosort turn left PICTURE`.
- To shrink pictures for the web, use `fotosort shrink --width 1200 *.jpg`.
- Raw files stay where they are.

The camera is a Lumet 5 with 24 megapixels.
""",
    "Sourdough.md": """\
# Sourdough

The starter came from Hester in 2027.

## Feed the starter

1. Throw half of it away.
2. Stir in 50 g of flour and 50 g of water.
3. Leave it on the stove overnight.

## Bake

- Heat the oven to 240 °C with the pot in it.
- Bake for 25 minutes with the lid and 20 minutes without.
- Let the loaf cool on a rack for an hour.

It keeps for five days. The flour is from the mill in Harnham.
""",
    "Git.md": """\
# Version control at the club

## Undo things

Undo the last commit but keep the changes:

    vc undo --keep 1

Throw away all changes that are not committed:

    vc discard --all

## Branches

| Task | Command |
|------|---------|
| start a branch | `vc branch new NAME` |
| switch to a branch | `vc branch go NAME` |
| delete a branch | `vc branch drop NAME` |

## Send the work to the server

```console
$ vc sync
Sending 3 commits … done
$ vc status --remote
Nothing to send
```

The server is in Olden. It was set up by Petra in 2030.
""",
    "Printer.md": """\
# Printer

The printer stands in the attic. Its name is Heron.

## Paper jam

Switch the printer off. Open the flap at the back and pull the paper out slowly, never with tools.
Close the flap until it clicks.

## New toner

Take out the old cartridge by its green handle. Shake the new one five times before you put it in.
A cartridge lasts 3,000 pages and costs 79 euros.

## Install the driver

```bash
sudo getpkg install heron-driver
sudo heronctl add --queue attic --uri ipp://10.0.0.7
sudo heronctl default attic
```

## Print from the shell

Send a file to the queue with both sides printed:

```bash
heronctl print --duplex long FILE
```

Cancel everything that waits:

```bash
heronctl cancel --all
```
""",
    "Server.md": """\
# The web server

The configuration is in `/etc/webd/webd.conf`. It runs as the user `www`.

## Restart it

After each change of the configuration, restart it with `svc restart webd`. Whether it runs is shown
by `svc status webd`.

## Logs

Follow the log:

```
svc log --follow webd
```

The log of yesterday is packed. Read it with

```
zread /var/log/webd/yesterday.log.z
```

## Certificates

They last 90 days and are renewed by a timer. To renew one at once, become root and run

```
certd renew --now club.example
```

## Open a port

Add this to `/etc/wall.conf` and restart the wall:

```
port 8443 {
    from any
    to webd
}
```
""",
    "History.md": """\
# The history of the mill

The mill was built in 1811. It burnt down in 1903 and was restored by Jan Hook, who reset the stones
by hand. The war of the millers ended with a treaty in 1845. People printed the treaty and sent it
to every village. The old password of the guild was "barley".

The miller baked bread for the soldiers in a pot, and fed the starter with rye.
""",
    "Loom.md": """\
# The loom

Thread the loom from the right to the left. Wind the warp on the back beam and keep it tight.
The loom has four shafts and was made in 1954.

## If the thread breaks

Tie a new piece to the end with a weaver's knot, and weave on. Cut the knot off later.

## Clean it

Brush the reed every month. Oil the treadles with two drops of sewing oil.
""",
}

CHOOSING = (
    ("How do I make a backup by hand?", "snapvault create --label manual /home"),
    ("Which command lists the snapshots?", "snapvault list --newest 10"),
    ("How can I check how full the disk is?", "disktool usage --human /dev/sdb"),
    ("How do I hold off guests from the wifi?", None),
    ("How do I reset the router?", "Unplug the cable."),
    ("What is the command to find duplicates of photos?", "fotosort dupes --delete"),
    ("How do I feed the starter?", "Throw half of it away."),
    ("How do I undo the last commit?", "vc undo --keep 1"),
    ("What do I type to switch to another branch?", "vc branch go NAME"),
    (
        "How do I clear a paper jam?",
        "Switch the printer off. Open the flap at the back and pull the paper out slowly, never"
        " with tools.\nClose the flap until it clicks.",
    ),
    ("How do I cancel all print jobs that wait?", "heronctl cancel --all"),
    ("How can one follow the log of the web server?", "svc log --follow webd"),
    ("How do I renew a certificate at once?", "certd renew --now club.example"),
    ("How do I thread the loom?", "Thread the loom from the right to the left."),
    ("How did the war of the millers end?", None),
    ("How many pages does a cartridge last?", None),
)
"""Questions that rules and probabilities were tuned on, with the command or first step, or None."""

CHECKING = (
    (
        "How do I restore a file from the latest snapshot?",
        "snapvault restore --latest --into /tmp/back \\\n    /home/ann/plans.odt",
    ),
    ("How do I spin the disk down before unplugging it?", "disktool sleep /dev/sdb"),
    ("How do I open the guest network?", "Press the button with the star for one second."),
    ("How can I rotate a picture?", "fotosort turn left PICTURE"),
    ("Which command shrinks pictures for the web?", "fotosort shrink --width 1200 *.jpg"),
    ("How do I throw away changes that are not committed?", "vc discard --all"),
    ("What is the command to delete a branch?", "vc branch drop NAME"),
    ("How do you send the work to the server?", "vc sync"),
    (
        "How do I install the driver of the printer?",
        "sudo getpkg install heron-driver\n"
        "sudo heronctl add --queue attic --uri ipp://10.0.0.7\n"
        "sudo heronctl default attic",
    ),
    ("How do I print a file on both sides?", "heronctl print --duplex long FILE"),
    ("How do I restart the web server?", "svc restart webd"),
    ("How should I read the log of yesterday?", "zread /var/log/webd/yesterday.log.z"),
    ("How do I oil the treadles of the loom?", "Oil the treadles with two drops of sewing oil."),
    (
        "What do I do if the thread breaks?",
        "Tie a new piece to the end with a weaver's knot, and weave on. Cut the knot off later.",
    ),
    ("How do I open a port in the wall?", "port 8443 {\n    from any\n    to webd\n}"),
    ("How was the mill restored?", None),
    ("How long does the bread keep?", None),
    ("How old is the loom?", None),
    ("How do I paint the mill?", None),
    ("How do I tune a piano?", None),
)
"""Questions that only the probabilities were fitted on."""
