"""Words of the trade, and the words of the control lists for the same thing.

Each line is ours; it widens a search and decides nothing.
"""

from __future__ import annotations

import re

_TABLE = """
3d printer, additive layer manufacturing, laser powder bed, lpbf, slm machine, selective laser melting: additive manufacturing
5-axis, 5 axis, five axis, machining centre, machining center, cnc: machine tool milling contouring numerically controlled
lathe: turning machine tool
jig grinder, jig grinding, surface grinder, cylindrical grinder: grinding machine tool
wire edm, edm, spark erosion: electrical discharge machine
cmm, measuring machine: coordinate measuring machine dimensional
metal spinning, shear forming, flowforming: spin-forming flow-forming
hip unit, hip press: hot isostatic press
shaker table, vibration table, electrodynamic shaker: vibration test
turntable: rate table motion simulator positioning
industrial robot arm, cobot: robot end-effector
thin film coater, sputtering, sputter, pvd, magnetron: deposition coating
cvd furnace: chemical vapour deposition
fermenter, bioreactor, fermentor, cell culture vessel: fermenter biological micro-organisms cultivation
freeze dryer, lyophiliser, lyophilizer: freeze-drying steam sterilisable
spray drying, spray dryer: spray-drying
tff, tangential flow, crossflow, ultrafiltration: cross tangential flow filtration
glove box, glovebox, isolator, biosafety cabinet, safety cabinet, bsl-3, bsl-4, biosafety: biological safety isolator containment
pathogen, strain, culture: pathogens micro-organism
anthrax: bacillus anthracis
plague: yersinia pestis
smallpox: variola virus
botox, botulinum: botulinum toxins
gene synthesiser, gene synthesizer, dna synthesiser, dna synthesizer: nucleic acid assemblers synthesisers
crop spraying, crop duster, agricultural drone, agricultural spraying, spray drone: unmanned aerial vehicle aerosol spraying
drone, quadcopter, multicopter, uas, uav, rpas, unmanned aircraft: unmanned aerial vehicle
rov, auv, underwater robot, underwater drone, unmanned submarine: submersible vehicle unmanned tethered
minisub, midget submarine: submersible vehicle manned
side scan sonar, multibeam, echo sounder, bathymetric: sonar acoustic seabed survey
streamer: towed acoustic hydrophone array
dive computer, rebreather, scuba: underwater swimming breathing closed circuit
thermal camera, infrared camera, flir, thermal imager, lwir, mwir, microbolometer: imaging camera focal plane array infrared
night vision, nvg, image intensifier: image intensifier tubes
ccd, cmos sensor, image sensor: focal plane array imaging
high speed camera, framing camera, streak camera: camera framing streak high-speed
lidar, ladar: laser radar light detection and ranging
aesa, phased array: electronically scanned array antenna phased
sar: synthetic aperture radar
adaptive optics: deformable mirrors
fibre laser, fiber laser: laser fibre
ti sapphire, ti:sapphire, femtosecond laser: laser tunable pulse
copper vapour laser, copper vapor laser: copper laser
pmt, photomultiplier: photomultiplier tube
spad, apd, single photon detector: avalanche photodiode detector single photon
squid: superconductive magnetometer
gravimeter: gravity meter
imu, inertial measurement unit, ahrs, ins: inertial measurement equipment systems
mems gyro, fog, ring laser gyro, rlg, gyroscope: gyros angular rate sensor
star sensor, star camera: star tracker
gps, gnss, galileo receiver, glonass: satellite navigation system receiving equipment
anti-spoofing, anti-jam antenna, crpa: satellite navigation adaptive antenna null steering
radar altimeter, radio altimeter: airborne altimeter
autopilot, flight controller, fly by wire: flight control system
servo valve, actuator: servo valve flight control
cubesat, microsatellite, nanosatellite, smallsat, satellite: spacecraft satellite
thruster, hall thruster, ion engine: spacecraft propulsion
rocket motor, booster: solid rocket propulsion motor
rocket engine: liquid rocket propulsion engine
nozzle: rocket nozzles
sounding rocket, missile: sounding rockets missiles
jet engine, turbofan, turbojet: gas turbine engine turbojet turbofan
turbine blade, single crystal, directional solidification: gas turbine blade directional solidification single crystal casting
hypersonic, scramjet: ramjet scramjet combined cycle
wind tunnel: wind tunnel aerodynamic
telemetry: telemetry telecontrol
asic, soc, microcontroller, microprocessor, cpu: microprocessor integrated circuit
fpga, cpld: field programmable logic device
rad-hard, rad hard, radiation tolerant, krad, rad-tolerant: radiation hardened total dose integrated circuit
gpu, ai accelerator, tensor, npu: integrated circuit digital processing units computers
adc, digitizer, digitiser: analogue-to-digital converter
dac: digital-to-analogue converter
mmic, gan amplifier, power amplifier, pa module: monolithic microwave integrated circuit amplifier
twt, twta, travelling wave tube, klystron: travelling wave tube vacuum electronic devices amplifier
signal generator, arbitrary waveform, awg: signal generator waveform
spectrum analyser, spectrum analyzer, vna, network analyser, network analyzer: signal analyser network analyser
atomic clock, rubidium clock, caesium clock, cesium clock: atomic frequency standards
oscilloscope: digitiser transient recorder
lithium battery, battery cell, lithium ion: cells batteries energy density
solar cell, solar panel: solar cells photovoltaic
supercapacitor, pulse capacitor, energy storage capacitor: capacitors energy
superconducting magnet, mri magnet: superconductive electromagnets solenoids
nbti, nb3sn, niobium-titanium, niobium tin, superconducting wire: superconductive composite conductors filaments
krytron, thyratron, spark gap: switching devices triggered spark-gaps
marx generator, pulse generator, pulsed power: pulse generators
flash x-ray: flash X-ray generators
vfd, inverter, frequency converter, variable frequency drive: frequency changers generators
neutron tube, neutron source: neutron generator
detonator, blasting cap, exploding bridgewire, ebw, slapper: detonators electrically driven explosive initiation
bomb disposal, eod, ied: disposal improvised explosive devices
body armor, bulletproof vest, ballistic vest, plate carrier: body armour
gas mask, respirator, cbrn, nbc suit, hazmat: gas masks filter protective chemical biological radioactive
mocvd, movpe, epitaxy, mbe, epi reactor: epitaxial growth metal organic chemical vapour deposition
ald, atomic layer: atomic layer deposition
etcher, plasma etch, rie, dry etch: dry etching anisotropic
stepper, scanner lithography, euv, immersion lithography, duv: lithography align expose photo-optical
ion implanter: ion implantation
photoresist, euv resist: resists lithography
photomask, reticle: masks reticles
wafer prober, probe station: wafer probing test equipment
sem, electron microscope: scanning electron microscope
eda, chip design software: computer-aided design integrated circuits
sic wafer, silicon carbide wafer: silicon carbide substrate epitaxial
gan wafer, gallium nitride, gallium arsenide, gaas: gallium nitride substrate epitaxial
arsine, phosphine: hydrides phosphorus arsenic
hpc, supercomputer, teraflops, petaflops, cluster: digital computers adjusted peak performance
quantum processor, qubit: quantum computers qubit
dilution refrigerator, cryostat, cryocooler: cryogenic cooling
vpn, encryption, hsm, encryptor, crypto module, cipher, hardware security module: cryptographic information security encryption
qkd, quantum key: quantum cryptography
phone forensics, forensic extraction, password cracking: defeating information security cryptanalytic forensic
spyware, malware, trojan, hacking, remote access tool, exploit, zero-day: intrusion software
imsi catcher, stingray, fake base station: mobile telecommunications interception
jammer, jamming: jamming equipment interfere mobile telecommunication
deep packet inspection, dpi probe, lawful interception, mass surveillance: ip network communications surveillance monitoring
sdr, software defined radio, frequency hopping: radio equipment spread spectrum frequency hopping
fibre optic gyro, fiber optic gyro: gyros
carbon fibre, carbon fiber, toray, prepreg: fibrous filamentary materials carbon prepregs
aramid, kevlar, twaron, dyneema, uhmwpe: fibrous filamentary organic aramid polyethylene
kapton, polyimide film: aromatic polyimides film
viton, fluoroelastomer, pvdf: fluorinated compounds
filament winder, winding machine, tape laying, afp machine: filament winding machines fibrous
autoclave: composite autoclave isostatic
maraging, 18ni: maraging steel
titanium alloy, ti-6al-4v, grade 5 titanium: titanium alloys tubes cylindrical
aluminium alloy, aluminum alloy, 7075, scandium: aluminium alloys tubes cylindrical
superalloy, inconel powder, nickel alloy powder: nickel alloys metal alloy powder
inconel, monel, hastelloy: nickel alloy
aluminum, aluminium powder, atomised aluminium, spherical aluminium: aluminium powder particle size
stealth coating, radar absorbing, ram paint, rcs reduction: absorbing electromagnetic radar reflectivity
buoyancy: syntactic foam underwater
helium 3, he-3: helium-3
boron carbide, boron 10, b-10: boron-10
beryllium copper: beryllium alloys
heavy water, d2o: deuterium heavy water
zircaloy, zirconium tube: zirconium tubes
graphite block, isostatic graphite: graphite density
uf6, uranium hexafluoride: uf6 gas centrifuge
centrifuge rotor: gas centrifuge rotor balancing
mass spectrometer: mass spectrometers uranium
hot cell, manipulator arm, telemanipulator: remote manipulators hot cells
lead glass: radiation shielding windows
vacuum furnace, induction furnace, arc furnace: vacuum furnaces melting casting induction
vacuum pump, turbomolecular, scroll pump: vacuum pumps
capacitance manometer, pressure gauge, pressure sensor, baratron: pressure transducers absolute
bellows valve, bellows sealed valve: valves bellows sealed
ptfe lined, glass lined, fluoropolymer lined, teflon: fluoropolymers glass lined chemical manufacturing
diaphragm valve, ball valve, butterfly valve: valves casing
chemical reactor, reaction vessel, heat exchanger, distillation column: reaction vessels chemical manufacturing agitators
gas detector, toxic gas: toxic gas monitors
incinerator: incinerators chemical destruction
nerve agent, mustard, sarin, precursor: precursors toxic chemical agents
thiodiglycol, triethanolamine, potassium fluoride, sodium cyanide, thionyl chloride: toxic chemical precursors
ammonium perchlorate, htpb, hydrazine, mmh, udmh, nitrocellulose, ammonium dinitramide: propellants oxidiser fuel binder
rdx, hmx, petn, tnt, c4 explosive: high explosives
shaped charge, det cord, detonating cord: explosive charges cutters
magnetic bearing: active magnetic bearing systems
ball bearing, angular contact: ball bearings tolerances
polishing machine, magnetorheological, ion beam figuring: optical finishing machine tools non-spherical
asphere, aspheric: aspheric optical elements
encoder: linear angular position feedback
laser tracker, interferometer: displacement measuring interferometer laser
face recognition, facial recognition: surveillance identification monitoring
water cannon: riot control
"""


def _compiled() -> list[tuple[re.Pattern[str], str]]:
    compiled = []
    for line in _TABLE.strip().splitlines():
        terms, _, expansion = line.partition(": ")
        alternatives = "|".join(re.escape(term.strip()) for term in sorted(terms.split(","), key=len, reverse=True))
        compiled.append((re.compile(rf"(?<![\w-])(?:{alternatives})(?:e?s)?(?![\w-])", re.IGNORECASE), expansion))
    return compiled


_SYNONYMS = _compiled()


def expansions(text: str) -> list[str]:
    """What the control lists call the things that a text names in words of the trade."""
    return [expansion for pattern, expansion in _SYNONYMS if pattern.search(text)]
