"""Given and family names, by culture: common ones, each family name in one culture only, so that a full name is of one.

Written by hand for this purpose. Given names stand in one of two lists, so that no pair is in both.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Culture:
    """Names of one culture. `family_first`: the family name comes first."""

    female: tuple[str, ...]
    male: tuple[str, ...]
    family: tuple[str, ...]
    family_first: bool = False


def _culture(female: str, male: str, family: str, *, family_first: bool = False) -> Culture:
    return Culture(tuple(female.split()), tuple(male.split()), tuple(family.split()), family_first)


CULTURES: dict[str, Culture] = {
    "english": _culture(
        "Emily Charlotte Hannah Grace Olivia Megan Rachel Abigail Heather Claire Natalie Bethany Joanne Alice Ruth "
        "Vanessa Holly Jessica Fiona Audrey",
        "Jack Thomas Oliver Harry Callum Nathan Ryan Andrew Matthew Simon Trevor Gareth Stuart Dylan Ethan Marcus "
        "Patrick Wesley Adrian Colin",
        "Smith Jones Taylor Brown Walker Wright Robinson Thompson Hughes Edwards Green Turner Cooper Ward Bennett "
        "Foster Murray Palmer Fletcher Barnes Holloway Whitaker Sutton Brooks Hayes",
    ),
    "spanish": _culture(
        "Lucía Carmen Valentina Camila Sofía Daniela Mariana Gabriela Ximena Paula Elena Rocío Natalia Alejandra "
        "Isabel Pilar Marisol Adriana Verónica Beatriz",
        "Santiago Mateo Diego Alejandro Javier Carlos Andrés Sebastián Luis Fernando Pablo Álvaro Ricardo Emilio "
        "Jorge Raúl Hernán Gonzalo Tomás Ignacio",
        "García Rodríguez Martínez López González Hernández Pérez Sánchez Ramírez Torres Flores Rivera Gómez Díaz "
        "Morales Ortiz Castillo Vargas Romero Herrera Medina Aguilar Navarro Delgado Ibáñez",
    ),
    "portuguese": _culture(
        "Ana Beatriz Júlia Larissa Fernanda Mariana Letícia Camila Rafaela Bianca Inês Joana Catarina Luana Patrícia "
        "Renata Tainá Débora Clara Helena",
        "João Pedro Lucas Gabriel Rafael Thiago Bruno Gustavo Felipe Rodrigo Eduardo Vinícius Tiago Nuno Rui Caio "
        "Henrique Marcelo Leandro Otávio",
        "Silva Santos Oliveira Souza Pereira Lima Carvalho Ferreira Ribeiro Almeida Costa Gomes Martins Araújo Melo "
        "Barbosa Cardoso Rocha Teixeira Correia Azevedo Moreira Nogueira Fonseca Queiroz",
    ),
    "french": _culture(
        "Camille Manon Chloé Léa Juliette Élodie Margaux Amélie Océane Pauline Aurélie Solène Mathilde Delphine "
        "Sandrine Noémie Céline Isabelle Maëlys Agathe",
        "Lucas Hugo Louis Antoine Julien Nicolas Mathieu Clément Théo Guillaume Baptiste Étienne Florian Maxime "
        "Romain Olivier Benoît Sylvain Rémi Gaël",
        "Bernard Dubois Moreau Laurent Lefebvre Leroy Roux Fournier Girard Bonnet Dupont Lambert Fontaine Rousseau "
        "Blanchard Chevalier Gauthier Perrin Marchand Lemaire Renaud Picard Caron Tremblay Bouchard",
    ),
    "german": _culture(
        "Anna Lena Leonie Hannah Katharina Johanna Sabine Claudia Franziska Greta Ulrike Heike Annika Birgit Theresa "
        "Miriam Svenja Carolin Monika Frieda",
        "Lukas Jonas Felix Maximilian Tobias Stefan Andreas Matthias Jürgen Florian Moritz Sebastian Philipp Dieter "
        "Henning Lars Markus Uwe Johannes Konrad",
        "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Bauer Richter Klein Wolf "
        "Neumann Schwarz Zimmermann Krüger Hartmann Lange Vogel Brandt Lindner Gruber",
    ),
    "italian": _culture(
        "Giulia Francesca Chiara Martina Sara Alessia Federica Elisa Valeria Giorgia Ilaria Silvia Paola Serena "
        "Beatrice Ginevra Roberta Noemi Lucia Benedetta",
        "Marco Alessandro Matteo Lorenzo Andrea Davide Francesco Luca Simone Riccardo Giovanni Stefano Paolo "
        "Tommaso Nicolò Enrico Fabio Gianluca Emanuele Salvatore",
        "Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo Conti Mancini Giordano "
        "Rizzo Lombardi Moretti Barbieri Fontana Santoro Caruso Ferrara Galli Leone",
    ),
    "polish": _culture(
        "Zofia Julia Maja Agnieszka Katarzyna Magdalena Małgorzata Aleksandra Joanna Karolina Natalia Weronika "
        "Dorota Ewa Kinga Oliwia Beata Urszula Iwona Justyna",
        "Jakub Kacper Piotr Paweł Tomasz Marcin Michał Krzysztof Mateusz Bartosz Łukasz Wojciech Grzegorz Rafał "
        "Szymon Filip Adam Maciej Dawid Zbigniew",
        "Nowak Wójcik Kowalczyk Woźniak Mazur Krawczyk Kaczmarek Zając Król Wieczorek Wróbel Stępień Dudek Pawlak "
        "Sikora Baran Duda Szewczyk Pietrzak Walczak Bąk Wilk Lis Kubiak Sobczak",
    ),
    "turkish": _culture(
        "Zeynep Elif Defne Ayşe Merve Büşra Selin Ebru Esra Gizem Derya Pınar Özlem Nihan Ceren Melis Hatice Sevgi "
        "İrem Tuğba",
        "Mehmet Mustafa Ahmet Emre Burak Murat Can Kerem Onur Serkan Hakan Tolga Volkan Barış Cem Yiğit Deniz Okan "
        "Orhan Selim",
        "Yılmaz Kaya Demir Şahin Çelik Yıldız Yıldırım Öztürk Aydın Özdemir Arslan Doğan Kılıç Aslan Çetin Kara Koç "
        "Kurt Özkan Şimşek Polat Korkmaz Erdoğan Tekin Güneş",
    ),
    "arabic": _culture(
        "Fatima Mariam Nour Salma Yasmin Aya Hana Rania Dina Amira Leila Noha Heba Samira Zainab Farah Mona Sahar "
        "Reem Nadia",
        "Mohamed Ahmed Omar Youssef Karim Khaled Hassan Tarek Amr Mahmoud Ibrahim Sherif Walid Hossam Ziad Samir "
        "Rami Bilal Adel Nabil",
        "Hassan Mansour Farouk Nasser Salem Khalil Haddad Saleh Abdallah Ramadan Soliman Fathy Gamal Zaki Shaheen "
        "Amin Rizk Benali Cherif Bouzid Najjar Khoury Darwish Sabry Mostafa",
    ),
    "nigerian": _culture(
        "Ngozi Chiamaka Adaeze Folake Yetunde Temitope Amaka Ifeoma Bisi Funmilayo Chinwe Titilayo Nkechi Abimbola "
        "Omolara Uju Ronke Zainabu Hauwa Ebele",
        "Chinedu Emeka Oluwaseun Tunde Babajide Obinna Ifeanyi Kunle Segun Uche Chukwudi Femi Ikenna Adewale Musa "
        "Sani Kelechi Dayo Rotimi Nnamdi",
        "Okafor Adeyemi Okonkwo Balogun Eze Ogunleye Nwosu Adebayo Obi Oyelaran Chukwu Afolabi Nnaji Olatunji Umeh "
        "Akande Onyeka Bankole Igwe Ajayi Danjuma Bello Ekwueme Oladipo Mensah",
    ),
    "kenyan": _culture(
        "Wanjiku Akinyi Nyambura Achieng Wambui Atieno Njeri Chebet Muthoni Jepkosgei Nafula Wairimu Adhiambo Makena "
        "Kagendo Cherono Mwende Moraa Nekesa Halima",
        "Kamau Otieno Kiprono Mwangi Odhiambo Njoroge Kipchoge Barasa Wekesa Mutua Ochieng Kariuki Kibet Musyoka "
        "Onyango Gitonga Juma Maina Simiyu Omondi",
        "Kimani Wanyama Cheruiyot Ouma Gathoni Nyong'o Kiplagat Muriuki Okoth Njuguna Mutiso Rotich Wafula Karanja "
        "Oduya Githinji Koech Munyao Ogola Ndungu Chepkwony Macharia Nzioka Opiyo Waweru",
    ),
    "nguni": _culture(
        "Nomvula Thandiwe Zanele Lindiwe Nokuthula Ayanda Busisiwe Nosipho Zodwa Khanyisile Ntombi Sibongile Thandeka "
        "Nandi Phindile Bongiwe Lerato Palesa Unathi Yandiswa",
        "Sipho Thabo Bongani Themba Sibusiso Mandla Lwazi Siyabonga Vusi Xolani Mthunzi Zakhele Nhlanhla Dumisani "
        "Andile Luyanda Sandile Mpho Tumelo Khaya",
        "Dlamini Nkosi Khumalo Mkhize Ndlovu Zulu Mthembu Sithole Cele Buthelezi Ngcobo Zwane Hadebe Mabaso Gumede "
        "Shabangu Mahlangu Nxumalo Mbatha Majola Vilakazi Radebe Maseko Tshabalala Qwabe",
    ),
    "indian": _culture(
        "Priya Ananya Sneha Pooja Kavita Neha Divya Shreya Meera Sunita Anjali Ritu Isha Deepika Lakshmi Radhika "
        "Swati Nandini Aditi Tanvi",
        "Arjun Rahul Rohan Amit Vikram Sanjay Aditya Karan Nikhil Manish Suresh Rajesh Varun Ankit Siddharth Harish "
        "Gaurav Prakash Vivek Kunal",
        "Sharma Patel Gupta Singh Kumar Verma Reddy Nair Iyer Deshmukh Joshi Mehta Shah Kulkarni Chatterjee Banerjee "
        "Mishra Yadav Chauhan Pillai Menon Bhatt Rao Kapoor Malhotra",
    ),
    "indonesian": _culture(
        "Siti Dewi Putri Ayu Rina Fitri Ratna Indah Wulan Lestari Nurul Maya Intan Yuni Kartika Sari Anisa Citra "
        "Melati Tri",
        "Budi Agus Andi Dian Rizky Eko Fajar Hendra Joko Bayu Dedi Arif Wahyu Yusuf Bambang Irfan Galih Teguh Rangga "
        "Surya",
        "Santoso Wijaya Kusuma Pratama Setiawan Hidayat Nugroho Saputra Wibowo Siregar Nasution Hartono Gunawan "
        "Susanto Permana Utomo Firmansyah Suryadi Halim Lubis Simanjuntak Maulana Prasetyo Kurniawan Anggraini",
    ),
    "filipino": _culture(
        "Maricel Jasmine Angelica Rosalie Liezel Cristina Mary Analyn Jocelyn Rowena Kristine Divina Marites Aileen "
        "Bea Ligaya Tala Hazel Mylene Corazon",
        "Jose Juan Mark Rommel Jericho Arnel Ramil Dennis Joshua Christian Reynaldo Rodel Efren Jomar Ferdinand Nico "
        "Paolo Bayani Danilo Marvin",
        "Bautista Reyes Cruz Ocampo Mendoza Villanueva Aquino Dizon Pangilinan Salazar Manalo Tolentino Macaraeg "
        "Dimaculangan Magsaysay Lacson Abad Panganiban Catacutan Batungbakal Soriano Valdez Pascual Evangelista Sison",
    ),
    "chinese": _culture(
        "Mei Xiulan Jing Yan Li Fang Ying Xiaomei Lan Hui Na Ting Qian Yuxin Shan Jiayi Wenjing Xue Ruolan Zihan",
        "Wei Jun Ming Qiang Lei Tao Bo Hao Jian Peng Chao Yong Feng Zhiyuan Haoran Yichen Guoqiang Xiaoming Kai Rui",
        "Wang Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Gao Luo Zheng Liang Xie Tang Deng Cao",
        family_first=True,
    ),
    "japanese": _culture(
        "Yui Sakura Hina Aoi Haruka Misaki Ayumi Keiko Yoko Naomi Emi Mio Rin Akane Chihiro Kaori Megumi Nanami Riko "
        "Tomoko",
        "Haruto Sota Yuto Ren Takumi Kenta Daiki Kazuki Hiroshi Takeshi Ryo Shota Naoki Yusuke Satoshi Makoto Kenji "
        "Akira Tsubasa Minoru",
        "Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura Kobayashi Kato Yoshida Yamada Sasaki Matsumoto "
        "Inoue Kimura Hayashi Shimizu Saito Mori Ikeda Hashimoto Ogawa Ishikawa Fujita",
        family_first=True,
    ),
    "korean": _culture(
        "Ji-woo Seo-yeon Min-seo Ha-eun Soo-jin Hye-jin Eun-ji Yu-na Mi-kyung Ji-hye Da-eun Chae-won Young-hee Bo-ram "
        "Su-bin Ye-jin Hyun-joo Ga-young So-hee Na-ri",
        "Min-jun Seo-jun Do-yun Ji-ho Hyun-woo Sung-min Jae-hyun Dong-hyun Young-ho Sang-woo Joon-ho Kyung-soo "
        "Tae-yang Woo-jin Jin-woo Seung-hyun In-ho Chang-min Byung-hun Si-woo",
        "Kim Lee Park Choi Jung Kang Cho Yoon Jang Lim Han Oh Seo Shin Kwon Hwang Ahn Song Yoo Hong Jeon Ko Moon Bae "
        "Baek",
        family_first=True,
    ),
}
